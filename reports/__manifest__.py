{"name": "Rapports", "version": "1.0", "depends": ["interventions", "energie"]}
