"""``/api/v1/command/``: what a device without network may queue, as a JSON schema."""

from __future__ import annotations

from werkzeug.wrappers import Response

from base.basics.i18n import _l
from base.face.api.verbs import PageApi, served
from base.rules.verbs import Verb, commands


class CommandApi(PageApi):
    """The commands of a queue; each is judged anew when it arrives."""

    resource_name = "command"
    rights_title = _l("Commandes à mettre en file")

    @served("/", "get")
    def get(self) -> Response:
        """The JSON schema of a queue of commands, in the reader's language and rights."""
        return self.response(200, result=commands(self._permitted))

    def _permitted(self, verb: Verb) -> bool:
        """Whether the person has the right of a verb on any screen or resource that has it."""
        right = f"can_{verb.right}"
        return any(
            right in view.base_permissions
            and self.appbuilder.sm.has_access(right, view.class_permission_name)
            for view in self.appbuilder.baseviews
            if type(view).__module__.partition(".")[0] == verb.run.__module__.partition(".")[0]
        )
