"""Builds a treelite model of a forest, in the form that Triton's FIL backend loads."""

from collections.abc import Sequence

import treelite
from treelite.model_builder import Metadata, ModelBuilder, PostProcessorFunc, TreeAnnotation

from pairstream_training.forest import Tree


def build_treelite(trees: Sequence[Tree], output_count: int, feature_count: int) -> treelite.Model:
    """Build a classifier of [rows, feature_count] whose output c is the sigmoid of the sum of its trees.

    Tree i adds to output i mod output_count. No tree may be a single leaf, and base scores are 0. FIL refuses models of
    several targets, so several outputs are classes of one target, each with its own sigmoid.
    """
    is_single = output_count == 1
    builder = ModelBuilder(
        threshold_type="float32",
        leaf_output_type="float32",
        metadata=Metadata(
            num_feature=feature_count,
            task_type="kBinaryClf" if is_single else "kMultiClf",
            average_tree_output=False,
            num_target=1,
            num_class=[output_count],
            leaf_vector_shape=(1, 1),
        ),
        tree_annotation=TreeAnnotation(
            num_tree=len(trees),
            target_id=[0] * len(trees),
            class_id=[i % output_count for i in range(len(trees))],
        ),
        postprocessor=PostProcessorFunc(name="sigmoid" if is_single else "multiclass_ova"),
        base_scores=[0.0] * output_count,
    )
    for tree in trees:
        _add(builder, tree)
    return builder.commit()


def _add(builder: ModelBuilder, tree: Tree) -> None:
    builder.start_tree()
    for node in range(len(tree.left)):
        builder.start_node(node)
        if tree.is_leaf(node):
            builder.leaf(tree.value[node])
        else:
            builder.numerical_test(
                feature_id=tree.feature[node],
                threshold=tree.value[node],
                default_left=bool(tree.default_left[node]),
                opname="<",
                left_child_key=tree.left[node],
                right_child_key=tree.right[node],
            )
        builder.end_node()
    builder.end_tree()
