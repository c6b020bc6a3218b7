"""From a domain's rows to its versions, changes and coverage."""
