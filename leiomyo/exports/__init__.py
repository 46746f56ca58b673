"""Writers of formats: what the registry knows, as another system reads it; one file a format."""
