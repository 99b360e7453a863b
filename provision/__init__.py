"""Machines: what the settings ask for, what there is, the plan between them, and its execution by a provider."""
