"""Who may open what: reviewed by a person, compared with every route by ``test_access.py``.

P nobody signed in · R reader (damien) · F field worker (bob) · M manager (alice) · O another
authority's manager (chloe) · A administrator. A right here is one to the kind of thing: whose row
it is decides the row rule (``test_scope_sweep.py``), so M and O differ nowhere.

A new route fails the test until it stands here, or in its module's own ``tests/told.py``: view ->
who -> its methods. ``-`` is a route that
is a function. What is said of a stranger's access (P) is the whole public face of the product.
"""

from __future__ import annotations

from tests.told import told

ACCESS: dict[str, dict[str, str]] = {
    "AccountView": {
        "RFMOA": "display password show",
    },
    "AgentApi": {
        "FMOA": "get get_list info rates",
        "MOA": "account patch post put rate",
    },
    "AgentView": {
        "FMOA": "choices export list",
        "MOA": "account add delete edit message rate show",
    },
    "AssetApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "AssetView": {
        "FMOA": "label labels_of_import message print_labels",
        "MOA": "archive edit fields move new restore",
        "RFMOA": "choices export list show",
    },
    "BuildingApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "BuildingView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "CatalogueView": {
        "MOA": "evidence_of",
        "RMOA": "choices cost_of lines list report traceability_of",
    },
    "CategoryApi": {
        "RMOA": "get get_list info",
    },
    "CategoryView": {
        "A": "add archive delete edit restore",
        "MOA": "message",
        "RMOA": "choices export list show",
    },
    "CommandApi": {
        "FMOA": "get",
    },
    "CostLineApi": {
        "RMOA": "get get_list info",
    },
    "CostLineView": {
        "RMOA": "choices export list show",
    },
    "DeliveryPointApi": {
        "MOA": "allocate patch post put replace_meter",
        "RFMOA": "get get_list info use",
    },
    "DeliveryPointView": {
        "FMOA": "message",
        "MOA": "add delete edit replace_meter",
        "RFMOA": "choices curve days export list show",
    },
    "DocumentApi": {
        "FMOA": "post",
        "MOA": "delete",
        "RFMOA": "content get get_list",
    },
    "DocumentView": {
        "FMOA": "attach",
        "MOA": "remove",
        "RFMOA": "download",
    },
    "EntityApi": {
        "A": "patch post put",
        "RFMOA": "get get_list info",
    },
    "EntityView": {
        "A": "add edit",
        "FMOA": "message",
        "RFMOA": "choices export list show",
    },
    "EquipmentApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "EntityChoiceView": {
        "RFMOA": "choose",
    },
    "EquipmentView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "ExpenseApi": {
        "MOA": "reverse",
        "RFMOA": "get get_list info",
    },
    "FieldDefinitionView": {
        "A": "add archive delete edit order_one rename restore",
        "MOA": "message",
        "RMOA": "choices export list show",
    },
    "FloorApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "FloorView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "FollowView": {
        "PRFMOA": "page",
    },
    "HomeView": {
        "RFMOA": "choose index scan search state tile",
    },
    "ImportApi": {
        "MOA": "errors kinds post show undo",
    },
    "ImportView": {
        "MOA": "apply columns drop errors kind list new show source undo",
    },
    "InboxView": {
        "FMOA": "done later people plan",
        "RFMOA": "follow list read read_all",
    },
    "InvoiceApi": {
        "A": "attach deposit detach refuse resume",
        "RMOA": "get get_list info",
    },
    "InvoiceView": {
        "A": "attach deposit detach refuse resume",
        "MOA": "message",
        "RMOA": "choices export list show",
    },
    "ItemApi": {
        "MOA": "patch post put",
        "RFMOA": "get get_list info",
    },
    "ItemView": {
        "MOA": "add delete edit message",
        "RMOA": "choices export list show",
    },
    "JobApi": {
        "RFMOA": "get get_list",
    },
    "JobView": {
        "A": "close",
        "RFMOA": "cancel list progress rerun show",
    },
    "LabourApi": {
        "MOA": "correct reverse",
        "RFMOA": "get get_list info",
    },
    "LocaleView": {
        "PRFMOA": "index",
    },
    "PastView": {
        "RFMOA": "export list show",
    },
    "MapView": {
        "RFMOA": "index places shapes",
    },
    "MenuApi": {
        "A": "get_menu_data",
    },
    "MeterApi": {
        "MOA": "patch post put",
        "RFMOA": "get get_list info",
    },
    "MobileView": {
        "FMOA": "answer begin choose day finish here job pause report resume week",
    },
    "OpenApi": {
        "PRFMOA": "get",
    },
    "ParcelApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "ParcelView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "PartUseApi": {
        "MOA": "reverse",
        "RFMOA": "get get_list info",
    },
    "PartnerApi": {
        "MOA": "delete patch post put",
        "RFMOA": "get get_list info",
    },
    "PartnerView": {
        "FMOA": "message",
        "MOA": "add delete edit",
        "RFMOA": "choices export list show",
    },
    "PersonalEquipmentApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "PersonalEquipmentView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "ReadingApi": {
        "MOA": "batch",
        "RFMOA": "get get_list",
    },
    "ReadingBatchApi": {
        "MOA": "get get_list info undo",
    },
    "ReadingBatchView": {
        "MOA": "attach choices export list message show undo",
    },
    "ReportRunApi": {
        "MOA": "post",
        "RMOA": "document get get_list info",
    },
    "ReportRunView": {
        "MOA": "evidence message",
        "RMOA": "choices document export list show standing",
    },
    "RoleView": {
        "A": "compare list show",
    },
    "RoomApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "RoomView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "SavedViewView": {
        "MOA": "share",
        "RFMOA": "columns keep prefer remove rename update",
    },
    "SeriesApi": {
        "RFMOA": "get get_list info",
    },
    "SealView": {
        "A": "list seal",
    },
    "SecondFactorView": {
        "RFMOA": "setup",
    },
    "ServiceApi": {
        "A": "delete patch post put",
        "RFMOA": "get get_list info",
    },
    "ServiceRequestApi": {
        "FMOA": "post",
        "MOA": "accept forget_requester patch put refuse",
        "RFMOA": "get get_list info",
    },
    "ServiceRequestView": {
        "FMOA": "add from_report message",
        "MOA": "accept edit forget_requester refuse",
        "RFMOA": "choices export list show",
    },
    "SettingsView": {
        "A": "change",
        "MOA": "show",
    },
    "ServiceView": {
        "A": "add archive delete edit restore",
        "FMOA": "message",
        "RFMOA": "choices export list show",
    },
    "SiteApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "SiteView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "StockLevelApi": {
        "RFMOA": "get get_list info",
    },
    "StockLevelView": {
        "FMOA": "message",
        "RFMOA": "choices export list show",
    },
    "StockMoveView": {
        "MOA": "message",
        "RMOA": "choices export list show",
    },
    "StoreApi": {
        "MOA": "adjust patch post put receive",
        "RFMOA": "get get_list info",
    },
    "StoreView": {
        "MOA": "add adjust delete edit message receive",
        "RMOA": "choices export list show",
    },
    "TagApi": {
        "FMOA": "link",
        "MOA": "revoke",
        "RFMOA": "get get_list info",
    },
    "TagPageView": {
        "PRFMOA": "page report support",
    },
    "TagReportApi": {
        "FMOA": "get get_list info",
        "MOA": "accept close reject",
    },
    "TagReportView": {
        "FMOA": "choices export list message show",
        "MOA": "accept close forget_contact reject",
    },
    "TagView": {
        "FMOA": "link message",
        "MOA": "revoke",
        "RFMOA": "choices export list show",
    },
    "TrailApi": {
        "RMOA": "get get_list",
    },
    "UserAdminView": {
        "A": ("activate add close deactivate edit end_session link list reset_factor show"),
    },
    "UtilView": {
        "PRFMOA": "back",
    },
    "VehicleApi": {
        "A": "delete",
        "FMOA": "tag",
        "MOA": "archive fields geometry move patch post put restore",
        "RFMOA": "get get_list info",
    },
    "VehicleView": {
        "A": "delete",
        "FMOA": "message",
        "MOA": "add edit",
        "RFMOA": "choices export list show",
    },
    "VerifyView": {
        "PRFMOA": "ask check",
    },
    "WorkOrderApi": {
        "FMOA": "expense finish labour part pause photo post signature start",
        "MOA": "cancel patch plan point put reopen unvalidate validate",
        "RFMOA": "cost expense_lines get get_list info labour_lines part_lines photos point_lines"
        " signatures",
    },
    "WorkOrderView": {
        "FMOA": "add answer expense finish labour message moment part pause photo sign start stock",
        "MOA": "cancel correct drop_point edit plan point reopen reverse unvalidate validate",
        "RFMOA": "choices export list sheet show",
    },
    "health": {
        "PRFMOA": "-",
    },
    "metrics": {
        "PRFMOA": "-",
    },
    "ready": {
        "PRFMOA": "-",
    },
}

ACCESS |= told("ACCESS")

#: Never called by the matrix, and where they are tested instead.
NOT_CALLED = {
    "AccountView.close_all": "ends every session: tests/base/test_sign_in.py",
    "AccountView.link": "by its secret only: tests/base/test_sign_in.py",
    "AuthDBView.login": "open to all: tests/base/test_sign_in.py",
    "AuthDBView.logout": "ends the session: tests/base/test_sign_in.py",
    "SecondFactorView.code": "right after the password: tests/base/test_second_factor.py",
    "SecondFactorView.disable": "for a code of the phone: tests/base/test_second_factor.py",
    "SecondFactorView.recovery": "for a code of the phone: tests/base/test_second_factor.py",
    "SecurityApi.login": "open to all: tests/base/test_sign_in.py",
    "SecurityApi.logout": "ends the tokens: tests/base/test_sign_in.py",
    "SecurityApi.refresh": "by its token only: tests/base/test_sign_in.py",
} | told("NOT_CALLED")

#: Action of a list -> who may run it; a view without actions answers 404 to everybody.
ACTIONS: dict[str, str] = {
    "AssetView.labels": "FMOA",
    "BuildingView.labels": "FMOA",
    "EquipmentView.labels": "FMOA",
    "FloorView.labels": "FMOA",
    "ParcelView.labels": "FMOA",
    "PersonalEquipmentView.labels": "FMOA",
    "RoomView.labels": "FMOA",
    "SiteView.labels": "FMOA",
    "VehicleView.labels": "FMOA",
} | told("ACTIONS")
