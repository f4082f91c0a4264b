"""Everything that is shown: reports, streams, progress; all of it passes the printer."""
