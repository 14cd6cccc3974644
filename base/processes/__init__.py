"""What runs: web server, workers, scheduler, their supervisor; a restore while none of them does.

May use the application (``base.app``) and all below; only commands know it.
"""
