"""Tests of the API, CDX and Memento."""
