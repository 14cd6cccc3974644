"""Evidence files: what is known of one asset, with all that a stranger needs to check it."""
