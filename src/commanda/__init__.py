"""Commanda: order management for e-commerce paid on delivery."""
