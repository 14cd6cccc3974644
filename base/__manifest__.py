{"name": "Socle", "version": "1.0", "depends": [], "prefixes": ["base_", "ab_"]}
