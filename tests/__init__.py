"""Tests of recordwatch."""
