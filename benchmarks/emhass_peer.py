"""EMHASS as a process of its own: a problem a line in, what it planned a line out.

It runs under EMHASS's interpreter and imports nothing of tarl. EMHASS is driven by its own
``Optimization`` with its own defaults (HiGHS, a gap of 1 %), as its day-ahead and MPC tasks do, on
a problem that says all: prices, what the house draws besides, the sun, and deferrable loads that
run at constant power, once and in one piece.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from importlib.resources import files
from time import perf_counter
from typing import Any

import pandas as pd
from emhass.optimization import Optimization

TIMES = 2
"""Each problem is solved anew, and then once more as EMHASS does it in its service."""


def solved(problem: dict[str, Any]) -> dict[str, Any]:
    """The watts of each load by slot, and how many seconds each time took."""
    count, loads = len(problem["buy"]), problem["loads"]
    step = pd.Timedelta(minutes=problem["minutes"])
    defaults = json.loads((files("emhass") / "data" / "config_defaults.json").read_text())
    plant = defaults | {
        "maximum_power_from_grid": problem["import_w_max"],
        "maximum_power_to_grid": problem["import_w_max"],
    }
    starts = [load["from"] for load in loads]
    ends = [load["to"] for load in loads]
    of_each = {
        "nominal_power_of_deferrable_loads": [float(load["watts"]) for load in loads],
        "minimum_power_of_deferrable_loads": [0.0] * len(loads),
        "cost_forecast_per_deferrable_load": [None] * len(loads),
        "is_electric_load": [True] * len(loads),
        "operating_hours_of_each_deferrable_load": [0] * len(loads),
        "treat_deferrable_load_as_semi_cont": [True] * len(loads),
        "set_deferrable_load_single_constant": [True] * len(loads),
        "set_deferrable_startup_penalty": [0.0] * len(loads),
        "deferrable_load_max_cost": [0.0] * len(loads),
        "set_deferrable_max_startups": [0] * len(loads),
        "def_minimum_on_time": [0] * len(loads),
        "def_minimum_off_time": [0] * len(loads),
        "start_timesteps_of_each_deferrable_load": starts,
        "end_timesteps_of_each_deferrable_load": ends,
    }
    wanted = defaults | of_each
    wanted["number_of_deferrable_loads"] = len(loads)
    wanted["delta_forecast_daily"] = step * count
    house = {
        "optimization_time_step": step,
        "time_zone": "UTC",
        "sensor_power_photovoltaics": "sun",
        "sensor_power_load_no_var_loads": "house",
    }
    at = pd.date_range("2025-01-01", periods=count, freq=step, tz="UTC")
    prices = pd.DataFrame({"buy": problem["buy"], "sell": problem["sell"]}, index=at)
    sun = pd.Series(problem["sun_w"], index=at, dtype=float)
    base = pd.Series(problem["base_w"], index=at, dtype=float)
    seconds = []
    begin = perf_counter()
    planner = Optimization(
        house, wanted, plant, "buy", "sell", "profit", {}, logging.getLogger("emhass"),
        num_timesteps=count,
    )  # fmt: skip
    for _ in range(TIMES):
        table = planner.perform_naive_mpc_optim(
            prices,
            sun,
            base,
            count,
            def_total_hours=[0] * len(loads),
            def_total_timestep=[load["slots"] for load in loads],
            def_start_timestep=starts,
            def_end_timestep=ends,
        )
        seconds.append(perf_counter() - begin)
        begin = perf_counter()
    watts = [[round(w) for w in table[f"P_deferrable{n}"]] for n in range(len(loads))]
    return {"status": str(planner.optim_status), "watts": watts, "seconds": seconds}


def main() -> None:
    """Answer until the input ends; whatever else prints, prints to stderr."""
    logging.disable(logging.WARNING)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(solved(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
