"""Flows: velocity fields, their training by straight lines, their integration, and exact log-determinants."""
