{"name": "Interventions", "version": "1.0", "depends": ["patrimoine"]}
