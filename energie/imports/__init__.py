"""The files that this module reads: curves, indexes, gas exports, electronic invoices."""
