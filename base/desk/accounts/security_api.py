"""The doors of programs: sign in, refresh, sign out. Tokens only; the cookie counts for nothing."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g, request
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi as FabSecurityApi
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    decode_token,
    get_jti,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from werkzeug.wrappers import Response

from base.basics.errors import DomainError
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.accounts import failed_tries, second_factor, sign_ins
from base.desk.accounts.second_factor_pages import try_code
from base.engine.edge.addresses import address_key
from base.engine.edge.answers import body, problem
from base.rules.rights.actors import security
from base.store.history.trail import note_record
from base.store.models import SignIn


class SecurityApi(FabSecurityApi):
    """Tokens: access for 15 minutes, refresh for 7 days, each refresh token good for one use."""

    everybodys = True

    @expose("/login", methods=["POST"])
    def login(self) -> Response:
        """Give tokens for a name and a password.
        ---
        post:
          description: >-
            Sign in. Five failures per account or twenty per address in 15 minutes are answered 429.
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [username, password]
                  properties:
                    username: {type: string, example: alice}
                    password: {type: string, format: password}
                    code: {type: string, description: code of the second factor when there is one}
                    provider: {type: string, enum: [db]}
                    refresh: {type: boolean, description: give a refresh token too}
          responses:
            200:
              description: The tokens
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
                      refresh_token: {type: string}
            400:
              $ref: '#/components/responses/400'
            401:
              $ref: '#/components/responses/401'
            429:
              description: Too many tries
        """
        try:
            data = body()
        except DomainError as refusal:
            return problem(400, str(refusal))
        username, password = data.get("username"), data.get("password")
        if not isinstance(username, str) or not isinstance(password, str):
            return problem(400, _("Un identifiant et un mot de passe sont attendus."))
        if data.get("provider", "db") != "db":
            return problem(400, _("Seul le fournisseur « db » est connu."))
        user = self.appbuilder.sm.auth_user_db(username, password, "api")
        if user is None:
            return problem(401, _("Identifiant ou mot de passe incorrect."))
        session = security()
        user_id = int(user.id)
        if sign_ins.must_change(user_id):
            return problem(
                403, _("Connectez-vous d’abord à l’écran pour choisir votre mot de passe.")
            )
        if (asked := self._second(user, data.get("code"))) is not None:
            return asked
        row = sign_ins.start(session, user_id, "token")
        answer = self._tokens(session, row.id, user_id, refresh=data.get("refresh") is True)
        session.commit()
        return self.response(200, **answer)

    def _second(self, user: Any, code: Any) -> Response | None:
        """What is wrong with the second factor, or None."""
        user_id = int(user.id)
        if not second_factor.is_set(user_id):
            if not second_factor.is_required(user):
                return None
            return problem(
                403,
                _("Votre rôle demande un second facteur : mettez-le en place à l’écran d’abord."),
            )
        if not isinstance(code, str) or not code.strip():
            return problem(401, _("Le code du second facteur est attendu dans « code »."))
        if try_code(user_id, code, "api"):
            return None
        return problem(401, _("Ce code n’est pas le bon, ou il a déjà servi."))

    def _tokens(
        self, session: Session, sid: str, user_id: int, *, refresh: bool, old: str | None = None
    ) -> dict[str, str]:
        claims = {"sid": sid, "epoch": sign_ins.epoch(session, user_id)}
        answer = {
            "access_token": create_access_token(
                identity=str(user_id), additional_claims=claims, fresh=old is None
            )
        }
        if refresh:
            token = create_refresh_token(identity=str(user_id), additional_claims=claims)
            answer["refresh_token"] = token
            if old is None:
                session.get_one(SignIn, sid).refresh_jti = get_jti(token)
            elif not sign_ins.rotate(session, sid, old, str(get_jti(token))):
                return {}
        return answer

    @expose("/refresh", methods=["POST"])
    def refresh(self) -> Response:
        """Give new tokens for a refresh token, which then counts no more.
        ---
        post:
          description: >-
            A refresh token is good for one use: the answer brings the next one. One used twice ends
            the whole family of tokens.
          responses:
            200:
              description: The tokens
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
                      refresh_token: {type: string}
            401:
              $ref: '#/components/responses/401'
            429:
              description: Too many tries
          security:
            - jwt_refresh: []
        """
        session = security()
        session.rollback()
        presented = request.headers.get("Authorization", "")
        account = f"refresh:{address_key()}:{uuid.uuid4()}"
        number = failed_tries.reserve(session, failed_tries.account_key(None, account), "refresh")
        answer: dict[str, str] = {}
        try:
            token = decode_token(presented.partition(" ")[2].strip())
        except (PyJWTError, JWTExtendedException, ValueError):
            token = {}
        user_id, sid = sign_ins.account_of(token.get("sub")), str(token.get("sid", ""))
        if token.get("type") == "refresh" and user_id is not None:
            found = sign_ins.standing(user_id, sid)
            user = self.appbuilder.sm.get_user_by_id(user_id)
            if (
                found.alive
                and not found.must_change
                and found.epoch == token.get("epoch")
                and user is not None
                and user.is_active
                and (found.second_factor or not second_factor.is_required(user))
            ):
                answer = self._tokens(
                    session, sid, user_id, refresh=True, old=str(token.get("jti"))
                )
                if not answer and sign_ins.end(session, sid):
                    note_record(
                        session,
                        "ab_user",
                        user_id,
                        None,
                        {"sign_in": "refresh token used twice: all of its family ended"},
                    )
        failed_tries.settle(session, number, bool(answer))
        session.commit()
        if not answer:
            return problem(401, _("Jeton absent, périmé ou révoqué."))
        return self.response(200, **answer)

    @expose("/logout", methods=["POST"])
    def logout(self) -> Response:
        """End this family of tokens.
        ---
        post:
          description: The access and refresh tokens of this sign-in count no more.
          responses:
            200:
              description: Ended
            401:
              $ref: '#/components/responses/401'
          security:
            - jwt: []
        """
        verify_jwt_in_request()
        token, user_id = get_jwt(), int(g.user.id)
        session = security()
        sign_ins.end(session, str(token.get("sid")))
        note_record(session, "ab_user", user_id, None, {"sign_in": "ended", "door": "api"})
        session.commit()
        return self.response(200, message="OK")
