"""Figures that pages show and no page counts itself: kept beside the home by the keeper, derived, deletable."""
