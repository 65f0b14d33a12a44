"""Organisation policy in Cedar: what it may talk about, whether it is sound, what it answers.

vocabulary.py  the actions and arguments that policies may name, and Cedar's schema of them
types.py       the types of arguments, and values as Cedar reads them
source.py      policy text: bounds, its statements and their places
tree.py        what parsed policies mention
check.py       everything that is wrong with a text, each with its place; or its rules
edition.py     one version of a policy: what is evaluated, and its digest
request.py     what is asked about an effect
heads.py       rules by what their heads take
asked.py       what of all that is in force is evaluated about an effect, and together
together.py    many rules as a few
implies.py     whether one condition can only be true where another is
judge.py       the verdict of the editions in force
engine.py      the engine, imported when it is first needed

Cedar here only ever adds a restriction to what grants permit: where no rule forbids, and no closed
edition lacks a permit, the answer is Allow, and other courts decide as well.
"""
