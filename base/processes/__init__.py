"""What runs: web server, workers, scheduler, their supervisor; the commands, in ``cli``.

May use the application (``base.app``) and all below.
"""
