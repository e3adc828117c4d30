import pytest

from pairstream_backends.errors import ModelError
from tests.conftest import FIXTURES, MakeConfig, tensor


def test_reads_what_triton_hands_over(make_config: MakeConfig) -> None:
    config = make_config("binary", parameters={"model_type": "xgboost_ubj"})
    assert config.folder == FIXTURES / "binary" / "1"
    assert config.parameters.text("model_type") == "xgboost_ubj"
    assert config.is_batched
    assert config.shape_of(config.inputs[0]) == (-1, 5)


def test_takes_the_dims_that_the_backend_sees(make_config: MakeConfig) -> None:
    reshaped = {**tensor("input__0", 1), "reshape": {"shape": []}}
    config = make_config("binary", inputs=[reshaped], max_batch_size=0)
    assert config.inputs[0].dims == ()
    assert not config.is_batched


@pytest.mark.parametrize(
    ("more", "key"),
    [
        (
            {"model_transaction_policy": {"decoupled": True}},
            "model_transaction_policy.decoupled is true, expected",
        ),
        ({"sequence_batching": {}}, "sequence_batching is given, expected"),
        ({"batch_input": [{}]}, "batch_input or batch_output is given, expected none"),
    ],
)
def test_refuses_what_neither_backend_does(make_config: MakeConfig, more: dict[str, object], key: str) -> None:
    with pytest.raises(ModelError, match=key):
        make_config("binary", **more)
