"""``tarl serve``: runs over HTTP, on whichever engine drives them.

requests.py    what a request says, parsed once into typed values
answers.py     results and refusals as HTTP
running.py     what each request does with the engine
readiness.py   whether the journal and the engine answer
app.py         the paths, and how much is answered at once
command.py     the command
"""
