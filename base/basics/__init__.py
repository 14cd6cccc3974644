"""What any file may use: errors, clock, language, numbers and days as people write them.

Knows no table and no request; imports nothing else of ``base``.
"""
