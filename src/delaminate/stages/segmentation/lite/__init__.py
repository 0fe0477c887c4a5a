"""Words to outlines with onnxruntime alone: a detector that reads, and a cutter beside the embedded one."""
