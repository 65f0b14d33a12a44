"""From a sentence to a plan that is optimal, permitted, explained and carried out.

    text -> language/ -> TaskSpec -> gate -> ContextSnapshot -> formulation/ -> Problem
         -> solver/ (a process of its own) -> ExecutionPlan -> checker/ -> explanation/
         -> execution/

The values between the parts: ``task`` (what is wanted, and which words said so), ``household``
(devices, areas, limits), ``slots`` and ``series`` (time and what varies over it), ``context`` (what
was known when), ``problem`` (numbers alone, for the solver), ``plan`` (what will be done, and why).

Units, everywhere: instants are UTC milliseconds; power is watts, energy watt-hours, money
micro-units of one currency (a millionth of a euro), shares permille, temperatures tenths of a
degree Celsius, carbon grams; all of them integers.
"""
