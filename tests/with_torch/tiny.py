"""Models of the libraries' own classes, a few thousand random weights each, saved to folders as real ones are."""

from __future__ import annotations

from pathlib import Path

import torch

WORDS = [
    "red",
    "blue",
    "ball",
    "disc",
    "balls",
    "object",
    "wild",
    "boar",
    "person",
    "shadow",
    "smoke",
    "eyes",
    "here",
    "there",
    "the",
    "a",
    "of",
    "main",
    "subject",
]


def bert_tokenizer(folder: Path) -> None:
    """A word-piece tokenizer that knows `WORDS` and letters."""
    from transformers import BertTokenizerFast

    letters = [chr(c) for c in range(97, 123)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *WORDS, *letters, *(f"##{c}" for c in letters)]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vocab.txt"
    file.write_text("\n".join(dict.fromkeys(vocabulary)))
    tokenizer = BertTokenizerFast(
        vocab={word: n for n, word in enumerate(dict.fromkeys(vocabulary))}, do_lower_case=True
    )
    tokenizer.save_pretrained(folder)


def clip_tokenizer(folder: Path) -> None:
    """A byte-pair tokenizer without merges."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizerFast

    signs = sorted(ByteLevel.alphabet())
    vocabulary = [*signs, *(f"{s}</w>" for s in signs), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizerFast(vocab={word: n for n, word in enumerate(vocabulary)}, merges=[])
    tokenizer.save_pretrained(folder)


def grounding_dino(folder: Path) -> Path:
    """Grounding DINO on a small Swin and a small BERT."""
    from transformers import BertConfig, GroundingDinoConfig, GroundingDinoForObjectDetection, SwinConfig

    torch.manual_seed(1)
    bert_tokenizer(folder)
    backbone = SwinConfig(
        embed_dim=16,
        depths=[1, 1, 1, 1],
        num_heads=[1, 2, 2, 4],
        window_size=4,
        image_size=64,
        out_features=["stage2", "stage3", "stage4"],
    )
    text = BertConfig(vocab_size=200, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    config = GroundingDinoConfig(
        backbone_config=backbone,
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=12,
        disable_custom_kernels=True,
    )
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    return folder


def sam2(folder: Path) -> Path:
    """SAM 2.1 that looks at 128 × 128 pixels."""
    from transformers import (
        Sam2Config,
        Sam2HieraDetConfig,
        Sam2MaskDecoderConfig,
        Sam2Model,
        Sam2PromptEncoderConfig,
        Sam2VisionConfig,
    )

    torch.manual_seed(2)
    backbone = Sam2HieraDetConfig(
        hidden_size=12,
        num_attention_heads=1,
        image_size=[128, 128],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[12, 24, 48, 96],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 8, 4],
        window_positional_embedding_background_size=[8, 8],
        global_attention_blocks=[3],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[96, 48, 24, 12],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        fpn_hidden_size=32,
    )
    config = Sam2Config(
        vision_config=vision,
        prompt_encoder_config=Sam2PromptEncoderConfig(hidden_size=32, image_size=128, patch_size=16),
        mask_decoder_config=Sam2MaskDecoderConfig(
            hidden_size=32, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=16
        ),
    )
    Sam2Model(config).save_pretrained(folder)
    return folder


def sam3(folder: Path) -> Path:
    """SAM 3 that looks at 112 × 112 pixels."""
    from transformers import CLIPTextConfig, Sam3Config, Sam3Model, Sam3VisionConfig, Sam3ViTConfig
    from transformers.models.sam3.configuration_sam3 import (
        Sam3DETRDecoderConfig,
        Sam3DETREncoderConfig,
        Sam3GeometryEncoderConfig,
        Sam3MaskDecoderConfig,
    )

    torch.manual_seed(3)
    clip_tokenizer(folder)
    small = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32}
    backbone = Sam3ViTConfig(
        **small,
        num_hidden_layers=2,
        image_size=112,
        patch_size=14,
        window_size=4,
        pretrain_image_size=56,
        global_attn_indexes=[1],
    )
    vision = Sam3VisionConfig(
        backbone_config=backbone.to_dict(), fpn_hidden_size=32, backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]]
    )
    text = CLIPTextConfig(
        **small,
        vocab_size=600,
        num_hidden_layers=1,
        max_position_embeddings=32,
        projection_dim=32,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    config = Sam3Config(
        vision_config=vision.to_dict(),
        text_config=text.to_dict(),
        geometry_encoder_config=Sam3GeometryEncoderConfig(**small, num_layers=1).to_dict(),
        detr_encoder_config=Sam3DETREncoderConfig(**small, num_layers=1).to_dict(),
        detr_decoder_config=Sam3DETRDecoderConfig(**small, num_layers=1, num_queries=8).to_dict(),
        mask_decoder_config=Sam3MaskDecoderConfig(hidden_size=32, num_attention_heads=2).to_dict(),
    )
    Sam3Model(config).save_pretrained(folder)
    return folder


def vitmatte(folder: Path) -> Path:
    """ViTMatte on a small ViTDet."""
    from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

    torch.manual_seed(4)
    backbone = VitDetConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_channels=4,
        image_size=64,
        pretrain_image_size=64,
        out_features=["stage1"],
    )
    config = VitMatteConfig(
        backbone_config=backbone,
        hidden_size=16,
        convstream_hidden_sizes=[4, 4, 4],
        fusion_hidden_sizes=[8, 8, 8, 4],
    )
    VitMatteForImageMatting(config).save_pretrained(folder)
    return folder


def qwen_tokenizer(folder: Path) -> Path:
    """A byte-level tokenizer with a chat template."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2TokenizerFast

    vocabulary = {sign: n for n, sign in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Qwen2TokenizerFast(vocab=vocabulary, merges=[], pad_token="<|endoftext|>")
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    tokenizer.save_pretrained(folder)
    return folder


def flux2_klein(folder: Path) -> Path:
    """A distilled FLUX.2 klein pipeline."""
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinInpaintPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen2TokenizerFast, Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(5)
    text = Qwen3Config(
        vocab_size=300,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=28,  # the pipeline reads layers 9, 18 and 27
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
    )
    Flux2KleinInpaintPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=flux2_vae(AutoencoderKLFlux2),
        text_encoder=Qwen3ForCausalLM(text),
        tokenizer=Qwen2TokenizerFast.from_pretrained(qwen_tokenizer(folder / "words")),
        transformer=flux2_transformer(Flux2Transformer2DModel, 24),
        is_distilled=True,
    ).save_pretrained(folder)
    return folder


def flux2_vae(kind: type) -> torch.nn.Module:
    """An autoencoder that shrinks eight times, as the real one does."""
    blocks = 4
    vae: torch.nn.Module = kind(
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=(4,) * blocks,
        layers_per_block=1,
        latent_channels=2,
        norm_num_groups=2,
        mid_block_add_attention=False,
    )
    return vae


def flux2_transformer(kind: type, words: int) -> torch.nn.Module:
    """One double and one single block."""
    transformer: torch.nn.Module = kind(
        patch_size=1,
        in_channels=8,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=1,
        joint_attention_dim=words,
        axes_dims_rope=(4, 4, 4, 4),
    )
    return transformer


def lama_script(file: Path) -> Path:
    """TorchScript with LaMa's signature: it blurs the picture into the hole."""

    class Blur(torch.nn.Module):
        def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            soft = torch.nn.functional.avg_pool2d(image, 9, 1, 4)
            return image * (1 - mask) + soft * mask

    torch.jit.script(Blur()).save(file)
    return file


def flux2_dev(folder: Path) -> Path:
    """A FLUX.2 dev pipeline."""
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2Pipeline,
        Flux2Transformer2DModel,
    )
    from transformers import (
        Mistral3Config,
        Mistral3ForConditionalGeneration,
        MistralConfig,
        PixtralVisionConfig,
    )

    torch.manual_seed(6)
    text = MistralConfig(
        vocab_size=300,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=31,  # the pipeline reads layers 10, 20 and 30
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
    )
    vision = PixtralVisionConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, image_size=32, head_dim=8
    )
    Flux2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=flux2_vae(AutoencoderKLFlux2),
        text_encoder=Mistral3ForConditionalGeneration(Mistral3Config(text_config=text, vision_config=vision)),
        tokenizer=byte_tokenizer(),
        transformer=flux2_transformer(Flux2Transformer2DModel, 24),
    ).save_pretrained(folder)
    return folder


def byte_tokenizer() -> object:
    """A tokenizer of bytes with a template for messages in parts."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {sign: n for n, sign in enumerate(["<pad>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    reader = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    reader.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = PreTrainedTokenizerFast(tokenizer_object=reader, pad_token="<pad>", unk_token="<unk>")
    words.chat_template = "{% for m in messages %}{% for c in m['content'] %}{{ c['text'] }}{% endfor %}{% endfor %}"
    return words


def qwen_layered(folder: Path) -> Path:
    """A pipeline that paints RGBA layers."""
    from diffusers import (
        AutoencoderKLQwenImage,
        FlowMatchEulerDiscreteScheduler,
        QwenImageLayeredPipeline,
        QwenImageTransformer2DModel,
    )
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2TokenizerFast

    torch.manual_seed(8)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    config = Qwen2_5_VLConfig(
        text_config={
            **small,
            "num_hidden_layers": 1,
            "num_key_value_heads": 2,
            "vocab_size": 300,
            "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2], "rope_type": "default"},
            "rope_theta": 10000.0,
        },
        vision_config={**small, "depth": 1, "num_heads": 2, "out_hidden_size": 16},
    )
    transformer = QwenImageTransformer2DModel(
        in_channels=32,
        out_channels=8,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=1,
        joint_attention_dim=16,
        axes_dims_rope=(8, 4, 4),
        use_additional_t_cond=True,
        use_layer3d_rope=True,
    )
    vae = AutoencoderKLQwenImage(
        base_dim=4,
        z_dim=8,  # not 4: the pipeline tells pictures from latents by their channels
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 8,
        latents_std=[1.0] * 8,
        input_channels=4,
    )
    # Untrained it paints even grey; this lets its layers show.
    vae.decoder.conv_out.weight.data *= 30
    vae.decoder.conv_out.bias.data[3] = 0.5
    QwenImageLayeredPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae,
        text_encoder=Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=Qwen2TokenizerFast.from_pretrained(qwen_tokenizer(folder / "words")),
        processor=None,
        transformer=transformer,
    ).save_pretrained(folder)
    return folder
