"""The command line: data on stdout, notes on stderr, one exit code for each outcome.

    main.py          the entry point: commands by name, loaded when used; the error boundary
    invocation.py    what one command line asks for besides its own arguments; opens the journal
    settings.py      values from flags, environment, files and defaults, each with its origin
    output.py        tables, JSON and notes
    exits.py         errors to exit codes and texts
    explanations.py  what each error code means and what to try
    code_loading.py  workflows from files and modules
    input_text.py    JSON from arguments, files and standard input
    files.py         small files read, results written whole or not at all
    run_refs.py      runs as people write them
    recorded.py      a run's events, state and end as the journal has them
    progress.py      a run's steps as they complete
    commands/        one module for each family of commands
    reference.py     writes docs/reference/cli.md from the commands themselves

Nothing here is imported before it is needed: ``tarl --help`` costs click and this package's tables.
"""
