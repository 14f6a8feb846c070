"""Changes to the topics of a trained model, without training again."""
