"""The model of one file: plain rows of what it says, made of its bytes in one walk; no libcst node survives it."""
