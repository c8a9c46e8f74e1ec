namespace ObjectStore.Server.Identities;

/// <summary>What must be gone before something can be deleted. Each check returns what is in the way, or null.</summary>
internal static class DeleteRules
{
    public static Refusal? Check(User user) =>
        !user.Keys.IsEmpty ? Missing.Conflict("delete access keys")
        : !user.GroupIds.IsEmpty ? Missing.Conflict("remove users from group")
        : Check(user.Policies);

    public static Refusal? Check(Attachments attachments) =>
        !attachments.Managed.IsEmpty ? Missing.Conflict("detach all policies")
        : !attachments.Inline.IsEmpty ? Missing.Conflict("delete policies")
        : null;
}
