"""Entering orders: one page for agents, a wizard by type for the back office."""
