namespace ObjectStore.Server.S3.Forms;

/// <summary>One field of a form, before its file.</summary>
/// <param name="Name">As the form has it; names are compared without regard to case.</param>
internal readonly record struct FormField(string Name, string Value);
