"""Names and shapes of a checkpoint's entries: the file format of the published models; loads no JAX."""

from __future__ import annotations

from vporganizer.encoder.videoprism.config import VideoPrismConfig

Shapes = dict[str, tuple[int, ...]]
"""Of each entry of a flat npz, by its name."""


def expected(config: VideoPrismConfig) -> Shapes:
    """The entries of a model's checkpoint.

    A video model keeps its encoder at the top; a video-text model has it under `vision_encoder`.
    """
    if not config.has_text:
        return _prefixed("params", _video(config))
    text_dim = config.model_dim
    pooler = _pooler(config, config.pooler_dim // config.num_heads)
    parts = {
        "vision_encoder": _video(config),
        "auxiliary_encoder/transformers_stack": _layers(config, config.num_auxiliary_layers, config.mlp_dim),
        "contrastive_vision_pooler": pooler,
        "text_encoder": {
            "cls_emb": (1, 1, text_dim),
            "token_emb/emb_var": (config.vocabulary_size, text_dim),
            **_prefixed("unimodal_ln", _norm(text_dim)),
            **_prefixed("unimodal_transformer", _layers(config, config.num_unimodal_layers, 4 * text_dim)),
        },
    }
    if not config.num_auxiliary_layers:
        del parts["auxiliary_encoder/transformers_stack"]
    return {f"params/{part}/{name}": shape for part, found in parts.items() for name, shape in found.items()}


def expected_classifier(config: VideoPrismConfig, num_classes: int) -> Shapes:
    """The entries of a classifier's checkpoint: a video encoder, an attention pooler, a projection."""
    return {
        **_prefixed("params/encoder", _video(config)),
        **_prefixed("params", head(config, num_classes)),
    }


def head(config: VideoPrismConfig, num_classes: int) -> Shapes:
    """The entries, without their common 'params/', of what is trained of a classifier."""
    return {
        **_prefixed("atten_pooler", _pooler(config, config.head_dim)),
        **_prefixed("projection", _linear(config.model_dim, num_classes)),
    }


def _video(config: VideoPrismConfig) -> Shapes:
    frames, rows, columns = config.pos_emb_shape
    dim = config.model_dim
    return {
        **_prefixed("patch_projection", _linear(config.patch_size**2 * 3, dim)),
        "spatial_pos_emb/emb_var": (rows * columns, dim),
        "temporal_pos_emb/emb_var": (frames, dim),
        **_prefixed("spatial_ln", _norm(dim)),
        **_prefixed("temporal_ln", _norm(dim)),
        **_prefixed("spatial_encoder/transformers_stack",
                    _layers(config, config.num_spatial_layers, config.mlp_dim)),
        **_prefixed("temporal_encoder/transformers_stack",
                    _layers(config, config.num_temporal_layers, config.mlp_dim)),
    }  # fmt: skip


def _layers(config: VideoPrismConfig, depth: int, mlp_dim: int) -> Shapes:
    """A stack of transformer layers, stacked along the first axis of each entry."""
    dim = config.model_dim
    one = {
        **_prefixed("self_attention", _attention(dim, config.num_heads, config.head_dim)),
        **_prefixed("layer_norm", _norm(dim)),
        **_prefixed("ff_layer/layer_norm", _norm(dim)),
        **_prefixed("ff_layer/ffn_layer1", _linear(dim, mlp_dim)),
        **_prefixed("ff_layer/ffn_layer2", _linear(mlp_dim, dim)),
    }
    return {f"x_layers/{name}": (depth, *shape) for name, shape in one.items()}


def _attention(dim: int, heads: int, head_dim: int) -> Shapes:
    projections = {f"{name}/{leaf}": shape for name in ("query", "key", "value")
                   for leaf, shape in (("w", (dim, heads, head_dim)), ("b", (heads, head_dim)))}  # fmt: skip
    return {**projections, "post/w": (dim, heads, head_dim), "post/b": (dim,)}


def _pooler(config: VideoPrismConfig, head_dim: int) -> Shapes:
    dim = config.model_dim
    return {
        "pooling_attention_query": (1, dim),
        **_prefixed("pooling_attention", _attention(dim, config.num_heads, head_dim)),
        "pooling_attention/per_dim_scale/per_dim_scale": (head_dim,),
        **_prefixed("pooling_attention_layer_norm", _norm(dim)),
    }


def _linear(fan_in: int, fan_out: int) -> Shapes:
    return {"linear/kernel": (fan_in, fan_out), "linear/bias": (fan_out,)}


def _norm(dim: int) -> Shapes:
    return {"scale": (dim,), "bias": (dim,)}


def _prefixed(prefix: str, shapes: Shapes) -> Shapes:
    return {f"{prefix}/{name}": shape for name, shape in shapes.items()}
