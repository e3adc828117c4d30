from pathlib import Path
from typing import Any

import pytest
import yaml
from made_features import PIPELINE

from pairstream_training.errors import TrainingError
from pairstream_training.net_layout import NetLayout
from pairstream_training.net_pipeline import check_net_inputs, net_inputs
from pairstream_training.nn1_names import NN1
from pairstream_training.nn2_names import NN2
from pairstream_training.nn3_names import NN3

LAYOUTS = [NN1, NN2, NN3]


def write_pipeline(path: Path, inputs: dict[str, dict[str, Any]]) -> None:
    models = {name: {"inputs": tensors} for name, tensors in inputs.items()}
    path.write_text(yaml.safe_dump({"model_repository": ".", "models": models, "stages": [], "blend": {}}))


def test_the_nets_read_what_was_published() -> None:
    assert [len(layout.tower_features) for layout in (NN1, NN2, NN3)] == [26, 20, 29]
    assert [len(layout.head_features) for layout in (NN1, NN2, NN3)] == [5, 33, 10]
    assert [layout.token_count for layout in (NN1, NN2, NN3)] == [48, 42, 48]
    # 20 categories of a tweet, three of them by an index map, of 110 columns; 28 encodings; no author.
    ids = {column.map for column in NN2.tower_indexes} - {"mentions"}
    assert len(NN2.tower_categories) + len(ids) == 20
    assert sum(category.width for category in NN2.tower_categories) + 16 * len(ids) == 110
    assert sum(name.startswith("te_") for name in NN2.head_features) == 28
    assert NN2.user_keys == ("b_user_id",)
    assert len(NN3.tower_numbers) + len(NN3.head_numbers) == 36
    for layout in (NN1, NN2, NN3):
        assert not [name for name in layout.tower_features if name.startswith(("te_", "b_", "ab_", "a_follows"))]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_project_s_pipeline_feeds_a_net_what_it_is_made_for(layout: NetLayout) -> None:
    check_net_inputs(PIPELINE, layout)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_pipeline_that_feeds_a_net_otherwise_is_refused(layout: NetLayout, tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    write_pipeline(path, net_inputs(layout))
    check_net_inputs(path, layout)

    inputs = net_inputs(layout)
    inputs[layout.tower]["features"]["features"][2:4] = reversed(inputs[layout.tower]["features"]["features"][2:4])
    write_pipeline(path, inputs)
    with pytest.raises(TrainingError, match=f"{layout.tower}.inputs.features: column 2 is"):
        check_net_inputs(path, layout)

    inputs = net_inputs(layout)
    inputs[layout.name]["features"]["features"].pop()
    write_pipeline(path, inputs)
    with pytest.raises(TrainingError, match=f"{layout.name}.inputs.features: .* columns, expected"):
        check_net_inputs(path, layout)

    inputs = net_inputs(layout)
    inputs[layout.name]["user_index"]["indexes"][-1]["map"] = "others"
    write_pipeline(path, inputs)
    with pytest.raises(TrainingError, match=r"user_index: column . is .*others.*, expected .*users"):
        check_net_inputs(path, layout)

    inputs = net_inputs(layout)
    inputs[layout.tower]["tokens"]["tokens"] = 12
    write_pipeline(path, inputs)
    with pytest.raises(TrainingError, match=f"tokens: .*12.*, expected tokens: {layout.token_count}"):
        check_net_inputs(path, layout)

    inputs = net_inputs(layout)
    del inputs[layout.name]["tweet_vector"]
    write_pipeline(path, inputs)
    with pytest.raises(TrainingError, match=f"{layout.name} reads .*, expected"):
        check_net_inputs(path, layout)

    del inputs[layout.name]
    write_pipeline(path, inputs)
    with pytest.raises(TrainingError, match=f"models.{layout.name}.inputs is missing"):
        check_net_inputs(path, layout)
