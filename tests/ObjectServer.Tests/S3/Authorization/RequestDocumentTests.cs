using System.Text;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.Tests.S3.Authorization;

/// <summary>What policies see of a document must be what the call takes from it.</summary>
public sealed class RequestDocumentTests
{
    [Fact]
    public void Policies_see_the_fields_of_an_inventory_that_stand_in_several_lists()
    {
        var body = Encoding.UTF8.GetBytes("""
            <InventoryConfiguration><Id>i</Id><IsEnabled>true</IsEnabled><IncludedObjectVersions>Current</IncludedObjectVersions>
            <OptionalFields><Field>Size</Field><Field>ObjectOwner</Field></OptionalFields><Schedule><Frequency>Daily</Frequency></Schedule>
            <Destination><S3BucketDestination><Bucket>arn:aws:s3:::target</Bucket><Format>CSV</Format></S3BucketDestination></Destination>
            <OptionalFields><Field>ETag</Field></OptionalFields></InventoryConfiguration>
            """);
        var taken = InventoryDocument.Parse(body);
        taken.ShouldNotBeNull();
        taken.Configuration.Fields.ShouldBe(["Size", "ObjectOwner", "ETag"]);
        var row = OperationTable.Rows.Single(row => row.Name == S3OperationName.PutBucketInventoryConfiguration);
        RequestDocument.Parse(row, body)!.InventoryFields.ShouldBe(taken.Configuration.Fields);
    }
}
