"""Small programs that the tests run in a pseudo-terminal."""
