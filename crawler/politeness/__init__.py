"""How gently hosts are asked: spacing, connections at once, and staying away when told to."""
