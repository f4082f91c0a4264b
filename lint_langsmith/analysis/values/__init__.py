"""What expressions may stand for: abstract values, bindings, constant folding, collections, the call graph."""
