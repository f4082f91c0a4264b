"""Every repository of an organization: each is linted at HEAD by some process of a Dask cluster, and reported on."""
