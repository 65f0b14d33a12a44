"""One module for each family of commands; ``main.py`` says which command lies where."""
