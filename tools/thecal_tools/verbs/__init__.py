"""One module for each verb of the `thecal` command: see thecal_tools.cli for what makes a module a verb."""
