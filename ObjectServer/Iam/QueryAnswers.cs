namespace ObjectStore.Server.Iam;

/// <summary>The documents that the query protocol answers with.</summary>
internal static class QueryAnswers
{
    public static ReadOnlyMemory<byte> Write(Answer answer, QueryRequest? request, string requestId)
    {
        using var writer = new AnswerWriter();
        var xmlNamespace = QueryService.NamespaceOf(request);
        if (answer.Error is { } error)
        {
            writer.Open("ErrorResponse", xmlNamespace)
                .Open("Error").Element("Type", error.Type).Element("Code", error.Code).Element("Message", error.Message).Close()
                .Element("RequestId", requestId).Close();
            return writer.Finish();
        }
        var action = request!.Action!;
        writer.Open(action + "Response", xmlNamespace);
        if (answer.Write is not null)
        {
            writer.Open(action + "Result");
            answer.Write(writer);
            writer.Close();
        }
        writer.Open("ResponseMetadata").Element("RequestId", requestId).Close().Close();
        return writer.Finish();
    }
}
