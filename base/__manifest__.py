{
    "name": "Socle",
    "version": "1.0",
    "depends": [],
    "prefixes": ["base_", "ab_"],
    "rooms": {
        "models": "store.models",
        "search": "engine.search.records",
        "jobs": "engine.jobs",
        "api": "face.api",
        "imports": "desk.imports",
    },
}
