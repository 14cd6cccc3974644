"""A contract for import-linter that its own kinds cannot say: how large a circle may be."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def circles(graph: ImportGraph) -> list[list[str]]:
    """The files that import each other, however far around: the largest circle first."""
    found, seen = [], set()
    for module in sorted(graph.modules):
        if module not in seen:
            circle = graph.find_upstream_modules(module) & graph.find_downstream_modules(module)
            seen |= circle
            if circle:
                found.append(sorted(circle | {module}))
    return sorted(found, key=len, reverse=True)


class Circles(Contract):
    """No circle of more than ``at_most`` files."""

    type_name = "circles"
    at_most = fields.IntegerField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare the size of each circle."""
        large = [c for c in circles(graph) if len(c) > int(self.at_most)]
        return ContractCheck(kept=not large, metadata={"large": large})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name the files of each circle that is too large."""
        for circle in check.metadata["large"]:
            output.print_error(f"{len(circle)} files: {', '.join(circle)}")
