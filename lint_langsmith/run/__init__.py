"""What a run does, in order: prefilter, engine, pipeline."""
