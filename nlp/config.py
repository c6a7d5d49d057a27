"""Settings of the models, one class a kind, of the marks on texts that repeat others, and of themes."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class MiniLMSettings(BaseModel):
    """The shipped promise judge: MiniLM-L6 int8 on ONNX Runtime with trained heads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["minilm"] = "minilm"
    threads: int = Field(default=2, ge=1, le=64, description="threads of ONNX Runtime")
    batch_size: int = Field(default=32, ge=1, le=512, description="texts the encoder reads at once")
    min_confidence: float = Field(default=0.3, ge=0, le=1, description="below this probability no signal is given")
    folder: Path | None = Field(
        default=None, description="a model made by `train` or `adapt`, instead of the shipped one"
    )


class TransformersSettings(BaseModel):
    """Any Hugging Face NLI or sequence-classification model, read as entailment between text and promise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["transformers"] = "transformers"
    model: str = Field(description="a local folder, or a hub name with allow_download")
    allow_download: bool = Field(default=False, description="let transformers fetch the model from its hub")
    batch_size: int = Field(default=16, ge=1, le=512, description="pairs the model reads at once")
    min_confidence: float = Field(default=0.5, ge=0, le=1, description="below this probability no signal is given")
    labels: dict[str, Literal["broken", "kept", "exceeded", "mentioned", "silent"]] = Field(
        default={"contradiction": "broken", "entailment": "kept", "neutral": "silent"},
        description="what each of the model's labels says of a promise",
    )


# A new model kind is one file and one name here.
ModelSettings = Annotated[MiniLMSettings | TransformersSettings, Field(discriminator="kind")]


class FloodSettings(BaseModel):
    """When texts that say nearly the same as others are marked, and when as a suspect flood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: int = Field(
        default=20_000, ge=0, le=1_000_000, description="recent texts that each new one is compared with; 0 marks none"
    )
    copies: int = Field(
        default=20, ge=2, le=100_000, description="so many that say nearly the same are a suspect flood …"
    )
    authors: int = Field(default=3, ge=1, le=100, description="… if no more authors than this wrote them")

    @model_validator(mode="after")
    def _a_flood_fits(self) -> Self:
        if 0 < self.window < self.copies:
            raise ValueError("window is smaller than copies, so that no flood could ever be seen")
        return self


class ThemeSettings(BaseModel):
    """How themes are found in negative verbatims."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="find themes; without it no vectors are stored")
    seconds: float = Field(default=2, gt=0, le=3600, description="new verbatims are held against the themes so often")
    first: int = Field(default=60, ge=10, le=100_000, description="negative verbatims of a brand before it has themes")
    least: int = Field(default=8, ge=3, le=1000, description="verbatims of a new theme; of less than 400, a fiftieth")
    sample: int = Field(default=3000, ge=100, le=10_000, description="newest verbatims of a brand a rebuild looks at")
    rebuild_seconds: float = Field(
        default=120, ge=0, le=86_400, description="a brand is rebuilt no sooner again, however much is said"
    )
