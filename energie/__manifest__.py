{"name": "Énergie", "version": "1.0", "depends": ["patrimoine"]}
