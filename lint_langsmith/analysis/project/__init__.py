"""The files of a project: what their bytes tell, how they import each other, which release they use."""
