"""The program, declared on mocks."""
