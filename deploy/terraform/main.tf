locals {
  artifacts_directory = coalesce(var.artifacts_directory, "${path.module}/artifacts")

  # What is not there is left out, for one error that says what to do instead of one about a file name.
  artifacts = {
    for role, files in {
      template   = fileset(local.artifacts_directory, "phoenat.template.yaml")
      controller = fileset(local.artifacts_directory, "phoenat-*-controller-*.zip")
      lifecycle  = fileset(local.artifacts_directory, "phoenat-*-lifecycle-*.zip")
      probe      = fileset(local.artifacts_directory, "phoenat-*-probe-*.zip")
    } : role => "${local.artifacts_directory}/${one(files)}" if length(files) == 1
  }
}

resource "aws_s3_bucket" "artifacts" {
  count = var.artifacts_bucket == null ? 1 : 0

  bucket_prefix = "phoenat-"
  force_destroy = true
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  count = var.artifacts_bucket == null ? 1 : 0

  bucket                  = aws_s3_bucket.artifacts[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_s3_bucket" "artifacts" {
  count = var.artifacts_bucket == null ? 0 : 1

  bucket = var.artifacts_bucket
}

locals {
  bucket        = one(concat(aws_s3_bucket.artifacts[*].id, data.aws_s3_bucket.artifacts[*].id))
  bucket_domain = one(concat(aws_s3_bucket.artifacts[*].bucket_regional_domain_name, data.aws_s3_bucket.artifacts[*].bucket_regional_domain_name))
}

resource "aws_s3_object" "artifact" {
  for_each = local.artifacts

  bucket = local.bucket
  # The content is in the key: a changed template is then a changed URL, without which Terraform would see no change.
  key    = "${var.artifacts_prefix}${substr(filesha256(each.value), 0, 16)}/${basename(each.value)}"
  source = each.value

  depends_on = [aws_s3_bucket_public_access_block.artifacts]

  lifecycle {
    # An update of the stack that fails goes back to the functions' former code, which must still be there then.
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "this" {
  name         = var.name
  template_url = "https://${local.bucket_domain}/${aws_s3_object.artifact["template"].key}"
  capabilities = ["CAPABILITY_IAM"]
  tags         = var.tags

  parameters = merge(local.parameters, {
    CodeBucket        = local.bucket
    ControllerCodeKey = aws_s3_object.artifact["controller"].key
    LifecycleCodeKey  = aws_s3_object.artifact["lifecycle"].key
    ProbeCodeKey      = aws_s3_object.artifact["probe"].key
  })

  # The stack's own limit for the zones is an hour, and functions in subnets take some 20 minutes to go.
  timeouts {
    create = "90m"
    update = "90m"
    delete = "90m"
  }

  lifecycle {
    precondition {
      condition     = length(local.artifacts) == 4
      error_message = "${local.artifacts_directory} must hold phoenat.template.yaml and one archive each of the controller, the lifecycle function and the probe: take the module from a release, or name dist/release of a checkout, which npm run release fills, in artifacts_directory."
    }
  }
}
