{"name": "Patrimoine", "version": "1.0", "depends": ["base"], "data": ["categories.csv"]}
