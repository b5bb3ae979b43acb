"""The use cases: what the command line and the study screen ask for, and nothing else.

Each module is light to import; the ORM, pydantic and YAML are paid for by the call that needs them.
"""
