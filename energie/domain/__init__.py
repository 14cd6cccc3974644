"""The rules of the trade: references, time, curves, indexes, shares, versions, invoices.

Everything here is a pure function or a value object; nothing knows a session, a request
or the clock. Sentences are French because users read them.
"""
