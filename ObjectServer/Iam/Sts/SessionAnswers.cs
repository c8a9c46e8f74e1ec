namespace ObjectStore.Server.Iam;

/// <summary>How sessions are written in answers.</summary>
internal static class SessionAnswers
{
    public static void WriteCredentials(AnswerWriter writer, SessionCredentials session) => writer.Open("Credentials")
        .Element("AccessKeyId", session.AccessKey).Element("SecretAccessKey", session.Secret).Element("SessionToken", session.Token)
        .Element("Expiration", session.ExpiresAt).Close();

    public static void WriteRoleSession(AnswerWriter writer, SessionCredentials session, SessionParameters parameters)
    {
        writer.Open("AssumedRoleUser").Element("AssumedRoleId", session.Principal.UserId).Element("Arn", session.Principal.Arn).Close();
        WriteCredentials(writer, session);
        if (parameters.PackedPercent is { } percent) writer.Element("PackedPolicySize", percent);
        writer.Element("SourceIdentity", session.Principal.SourceIdentity);
    }
}
