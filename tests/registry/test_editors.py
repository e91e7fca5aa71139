"""Two editors: no change that was acknowledged is lost, and each conflict is shown."""

import os
import random
import threading
import time

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.integrity import examine
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.editing import EDITORS, Model, compare, editor, interleave, save
from registry.registries import ON, rows_of

N_INTERLEAVINGS = int(os.environ.get("PBRT_INTERLEAVINGS", "100"))


def two_homes(registry: Registry) -> list[int]:
    with registry.write(COMMAND, ON, "form", "uji") as work:
        return work.insert_many(t.households, [{"kk_state": "none"}] * 2)


def test_no_order_of_steps_loses_a_change(registry: Registry) -> None:
    models = [interleave(registry, two_homes(registry), seed) for seed in range(N_INTERLEAVINGS)]
    assert sum(model.n_conflicts for model in models) > N_INTERLEAVINGS / 5
    assert sum(model.n_saved for model in models) > 2 * N_INTERLEAVINGS
    examine(registry.engine)


def test_editors_who_work_at_the_same_time_lose_nothing(registry: Registry, where: str) -> None:
    homes = two_homes(registry)
    models, errors = [Model({home: [] for home in homes}) for _ in range(4)], []

    def work(number: int) -> None:
        own, chance = Registry.open(where), random.Random(number)
        try:
            for _ in range(8):
                home = chance.choice(homes)
                with own.read(EDITORS[0], ON) as reading:
                    row = reading.get(t.households, home)
                typed = f"{EDITORS[number % 2].login}{number}-{models[number].n_saved}"
                while told := save(own, EDITORS[number % 2], row, typed):
                    models[number].n_conflicts += 1
                    row = told.theirs
                    time.sleep(chance.uniform(0, 0.01))
                models[number].notes[home].append(typed)
                models[number].n_saved += 1
        except BaseException as error:
            errors.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    rows = {row["id"]: row["note"].split(" ") for row in rows_of(registry, t.households)}
    for home in homes:
        acknowledged = [note for model in models for note in model.notes[home]]
        assert sorted(rows[home]) == sorted(acknowledged)
    compare(registry, Model(rows))
    examine(registry.engine)


def test_the_comparison_notices_a_lost_change(registry: Registry) -> None:
    """As it would be without versions: the second who saves wipes out the first."""
    homes = two_homes(registry)
    model = Model({home: [] for home in homes})
    for _ in editor(registry, EDITORS[0], homes, random.Random(1), model):
        pass
    compare(registry, model)
    model.notes[homes[0]].append("budi0")
    try:
        compare(registry, model)
    except AssertionError:
        return
    raise AssertionError("a lost change was not noticed")
