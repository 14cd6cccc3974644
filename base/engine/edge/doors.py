"""What every answer carries and every error says: headers, request ids, error pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import (
    Flask,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.globals import request_ctx
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from base.basics.errors import DomainError
from base.basics.i18n import _, language
from base.engine.edge import outages
from base.engine.edge.answers import form_key, problem
from base.engine.edge.outages import wants_json
from base.engine.edge.paths import form_page
from base.rules.rights.refusals import ScopeError

_PERMISSIONS = "camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()"


def _policy(tiles: str | None) -> str:
    images = "'self' data: blob:"
    if tiles:
        images += " " + "/".join(tiles.replace("{s}", "*").split("/")[:3])
    return (
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
        f"style-src-attr 'unsafe-inline'; img-src {images}; worker-src 'self'; "
        "manifest-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    )


#: Endpoint -> what shows its form again, with what was typed, when the request was refused before
#: its page was asked: of (status, sentence) it makes the answer.
SHOWN_AGAIN: dict[str, Callable[[int, str], Any]] = {}
#: Bytes of a question, and how deep its rison may nest.
MAX_QUERY, MAX_NESTING = 8192, 32
#: Open while a password must be changed.
FREE = frozenset(
    {
        "AccountView.password",
        "AccountView.link",
        "AuthDBView.logout",
        "LocaleView.index",
        "SecondFactorView.code",
    }
)


def _nesting(text: str) -> int:
    """How deep brackets nest, those of rison and of JSON."""
    level = deepest = 0
    for c in text:
        if c in "([{":
            level += 1
            deepest = max(deepest, level)
        elif c in ")]}":
            level -= 1
    return deepest


def error_page(status: int, sentence: str, again: str | None = None) -> Any:
    """What is said of an error, to a person or a program; ``again`` leads back to the form."""
    if wants_json():
        return problem(status, sentence)
    if request_ctx.url_adapter is None:
        # The host is not ours: no page of ours has an address here.
        return make_response(f"{sentence}\n", status, {"Content-Type": "text/plain; charset=utf-8"})
    g.pop("inline_icons", None)  # a page that was being made, and this is another
    page = render_template("ov/error.html", status=status, sentence=sentence, again=again)
    return page, status


def _refused(status: int, sentence: str) -> Any:
    """The form that was sent, if it can be shown again, else the page of the error."""
    again = SHOWN_AGAIN.get(request.endpoint or "")
    return again(status, sentence) if again else error_page(status, sentence)


def _sentence(status: int) -> str:
    return {
        400: _("La demande n’a pas été comprise."),
        401: _("Connectez-vous pour continuer."),
        403: _("Vous n’avez pas le droit de faire cela."),
        404: _("Cette page n’existe pas, ou elle n’est pas à vous."),
        405: _("Cette adresse ne se demande pas ainsi."),
        413: _("Le fichier est trop gros."),
        429: _("Trop d’essais. Attendez un moment, puis recommencez."),
    }.get(status, _("La demande n’a pas pu être traitée."))


def _by_script() -> bool:
    """Whether a script sent it, which says by itself what became of it."""
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    named = {"X-Ouvrage-Form", "HX-Request", "X-Requested-With"} & {*request.headers.keys()}
    return mode != "navigate" or bool(named)


def _for_everybody() -> bool:
    """Whether the view asked for is open to people who are not signed in, or knows by itself."""
    views = current_app.extensions["appbuilder"].baseviews
    return any(
        getattr(view, "everybodys", False) for view in views if view.endpoint == request.blueprint
    )


def _sign_in_again(page: str) -> Response:
    flash(_("Votre session a expiré. Reconnectez-vous : votre saisie vous attend."), "warning")
    return redirect(url_for("AuthDBView.login", next=page))  # type: ignore[return-value]


def _too_old() -> str:
    return _(
        "La page était ouverte depuis trop longtemps. "
        "Rechargez-la, puis recommencez : rien n’a été enregistré."
    )


def _own_number() -> bool:
    """Whether what follows the resource's name in the address could be a row's number."""
    parts = request.path.strip("/").split("/")
    return len(parts) < 4 or parts[3].isdecimal() or parts[3].startswith("_")


def _keeping(response: Response) -> str:
    """How long an answer may be kept: a file for ever, under the digest in its address."""
    if not request.path.startswith("/static") or response.status_code >= 400:
        return "no-store"
    tag, _weak = response.get_etag()
    if not (tag or "").startswith(request.args.get("v", "")):
        # While a new version comes to several machines, one may ask another for what it has not.
        return "no-cache"
    return "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    """Hang the doors on the application."""
    policy = _policy(app.settings.tiles_url)  # type: ignore[attr-defined]
    https = app.settings.is_https  # type: ignore[attr-defined]
    app.jinja_env.globals["form_key"] = form_key
    outages.register(app)

    def _identify() -> Any:
        g.request_id = secrets.token_hex(8)
        g.csp_nonce = secrets.token_urlsafe(16)
        if len(request.query_string) > MAX_QUERY:
            return error_page(414, _("Cette adresse est trop longue."))
        if _nesting(request.args.get("q", "")) > MAX_NESTING and request.path.startswith("/api/"):
            return error_page(400, _sentence(400))
        return None

    # Before everything else, sign-in and CSRF included.
    app.before_request_funcs.setdefault(None, []).insert(0, _identify)

    @app.before_request
    def _first_password() -> Any:
        """A password given by somebody else is changed, and a second factor that the role asks
        for is set up, before anything else."""
        if request.path.startswith(("/static", "/api/", "/health", "/ready", "/metrics")):
            return None
        if request.endpoint in FREE or not current_user.is_authenticated:
            return None
        # The person, and no proxy: a page asks for them some thousand times.
        g.user = current_user._get_current_object()
        if g.get("must_change_password"):
            return redirect(url_for("AccountView.password"))
        if g.get("must_set_second_factor") and request.endpoint != "SecondFactorView.setup":
            return redirect(url_for("SecondFactorView.setup"))
        return None

    @app.before_request
    def _ended() -> Any:
        """Whoever was signed out while typing is led back to the form, not to what it sends to."""
        if request.method != "POST" or current_user.is_authenticated or _for_everybody():
            return None
        if wants_json() or _by_script() or not (page := form_page()):
            return None
        return _sign_in_again(page)

    @app.after_request
    def _uniform(response: Response) -> Response:
        """Every error of a resource is the same object, with a sentence of ours."""
        if response.status_code < 400 or not request.path.startswith("/api/"):
            return response
        status = response.status_code
        if status == 405 and not _own_number():
            status = 404
        said = response.get_json(silent=True) if response.is_json else None
        if status == response.status_code and isinstance(said, dict) and said.get("code"):
            return response
        again: Response = problem(status, _sentence(status))
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in response.headers and status != 404:
                again.headers[name] = response.headers[name]
        return again

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        nonce = g.get("csp_nonce") or secrets.token_urlsafe(16)
        headers.setdefault("Content-Security-Policy", policy.replace("{nonce}", nonce))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("X-Request-Id", g.get("request_id", ""))
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not request.path.startswith("/static"):
            headers.setdefault("Content-Language", language())
        headers["Cache-Control"] = _keeping(response)
        return response

    @app.errorhandler(DomainError)
    def _domain(refusal: DomainError) -> Any:
        if wants_json():
            answer: Any = problem(refusal.status, str(refusal), dict(refusal.errors))
        else:
            answer = make_response(error_page(refusal.status, str(refusal)))
        if wait := getattr(refusal, "retry_after", None):
            answer.headers["Retry-After"] = str(wait)
        return answer

    @app.errorhandler(ScopeError)
    def _foreign(fault: ScopeError) -> Any:
        return error_page(404, _sentence(404))

    @app.errorhandler(CSRFError)
    def _csrf(fault: CSRFError) -> Any:
        """The session of a form has ended: whoever typed it signs in, and finds it again."""
        if request.endpoint in SHOWN_AGAIN or wants_json() or _by_script():
            return _refused(400, _too_old())
        page = form_page()
        if page and not current_user.is_authenticated and not _for_everybody():
            return _sign_in_again(page)
        return error_page(400, _too_old(), page)

    @app.errorhandler(HTTPException)
    def _http(fault: HTTPException) -> Any:
        if fault.code is not None and 300 <= fault.code < 400:
            return fault
        say = _refused if fault.code == 413 else error_page
        return say(fault.code or 500, _sentence(fault.code or 500))

    @app.errorhandler(500)
    def _bug(fault: Exception) -> Any:
        return error_page(
            500,
            _(
                "Une panne est survenue ; elle est notée sous le n° %(n)s. Rien n’a été perdu.",
                n=g.get("request_id", ""),
            ),
        )

    @app.context_processor
    def _values() -> dict[str, Any]:
        return {"csp_nonce": lambda: g.get("csp_nonce", "")}
